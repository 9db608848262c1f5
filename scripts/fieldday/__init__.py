"""A box's first day in the field, in network namespaces."""
