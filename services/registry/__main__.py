"""`python -m services.registry COMMAND`."""

from libs.common.cli import main
from services.registry.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
