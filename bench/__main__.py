"""`python -m bench`: see bench.cli."""

if __name__ == "__main__":
    from bench.cli import main

    main()
