"""python -m tests.benchmarks. Imports nothing before it runs: each measured process imports this module again."""

import sys

if __name__ == "__main__":
    from tests.benchmarks.run import main

    sys.exit(main())
