"""`python -m services.inspection COMMAND`."""

from libs.common.cli import main
from services.inspection.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
