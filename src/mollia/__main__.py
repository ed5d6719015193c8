"""`python -m mollia`."""

from mollia.cli.main import main

if __name__ == "__main__":
    main()
