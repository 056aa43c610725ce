// The main() of a program whose own file is compiled together with a library's: each file that includes
// LibTorch by itself costs twenty seconds, however short it is.
int BREGMAN_PROGRAM(int argc, char** argv);

int main(int argc, char** argv) { return BREGMAN_PROGRAM(argc, argv); }
