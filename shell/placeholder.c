typedef int shell_floor;
