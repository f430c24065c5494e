"""`python -m accord`: the same as the command `accord`."""

import sys

from accord.cli import main

if __name__ == "__main__":
    sys.exit(main())
