"""The task `rebasin`: networks trained apart from initialisations of their own."""
