"""Providers' own templates: which are taken (`grammar`, `trial`), and how they are written with
(`fence`)."""
