"""The task `experts-moe`: the experts of one sparse mixture, merged into fewer."""
