"""Registration over HTTP (interfaces.md §2), a file a resource."""
