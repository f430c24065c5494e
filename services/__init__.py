"""One short file per process of a deployment on several machines; nothing imports these."""
