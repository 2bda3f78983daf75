"""HTTP of certificates: a file a resource."""
