"""HTTP of partners: a file a resource."""
