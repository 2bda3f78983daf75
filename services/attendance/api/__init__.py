"""HTTP of attendance: a file a resource."""
