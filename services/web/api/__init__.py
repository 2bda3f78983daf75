"""The pages, a file a subject; each asks the owners and fills a template."""
