"""What the charts have from the code: topics, rights, groups, the front door, what may be set.

`python -m deploy.chart` writes it below `deploy/helm`; a test compares.
"""
