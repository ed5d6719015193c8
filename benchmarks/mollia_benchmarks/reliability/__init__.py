"""What mollia does when servers, disks and processes fail, measured on the real command line."""
