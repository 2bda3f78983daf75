"""The rules of attendance: minutes, presence, schedule, door, lines of evidence. All of it pure."""
