"""What is kept on the disk. Here: records, the local store, published files, assets, the home
folder. Not here: which of it is current (bench.planning).
"""
