"""`python -m mollia`."""

from mollia.cli.start import main

if __name__ == "__main__":
    main()
