"""`python -m services.draw COMMAND`."""

from libs.common.cli import main
from services.draw.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
