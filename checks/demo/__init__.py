"""A demo Organisation with real local peers: Git repositories behind real `git http-backend`, and an S3 server that
enforces IAM. Nothing else in the program knows that it exists; only its command and the tests import it."""
