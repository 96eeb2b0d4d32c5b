"""The engine's own process."""

import sys

from prdrunner_tui.engine.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
