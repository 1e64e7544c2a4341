"""`python -m services.trigger COMMAND`."""

from libs.common.cli import main
from services.trigger.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
