"""`python -m services.publicity COMMAND`."""

from libs.common.cli import main
from services.publicity.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
