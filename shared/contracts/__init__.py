"""What services say to one another: events, topics, the policy document (design.md §5).

`event` is the envelope's inside and knows no owner; one file an owner says what that owner says;
`catalogue` loads them all. Nothing here knows the runtime or a service.
"""
