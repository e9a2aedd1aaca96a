"""``python -m hiprompt_core`` is ``hiprompt``."""

from __future__ import annotations

import sys

from hiprompt_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
