"""The services' names, in the order in which they are listed and given ports everywhere."""

SERVICES = (
    "registration",
    "billing",
    "attendance",
    "certificates",
    "notifications",
    "partners",
    "web",
)
