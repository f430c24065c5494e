"""The rules a memorandum is held to; each takes a draft and yields what it finds."""
