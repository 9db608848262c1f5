"""One file that installs Placewatch on a machine without a network: built, signed, verified, switched to."""
