"""The suite `supernet`: does a cheap estimate rank architectures as their own training does?"""
