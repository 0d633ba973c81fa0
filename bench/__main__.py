"""`python -m bench`: a shim for the command line, which stands above the engine (commands.cli)."""

if __name__ == "__main__":
    from commands.cli import main

    main()
