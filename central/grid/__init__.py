"""The org tree, places, grids, point in polygon, routing."""
