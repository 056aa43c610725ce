// A law that wants a pointer saved.
#include <sstream>

#include <bregman/bregman.hpp>

struct pointing_law {
    float* where = nullptr;
    float operator()(const bregman::observation<float>& seen) { return seen.lambda; }
    template <class Field>
    void visit(Field&& field) {
        field("where", where);
    }
};

int main() {
    bregman::linbreg<float, bregman::l1, pointing_law> optimizer;
    std::ostringstream out;
    // expected: bregman: a state field is bool, int, std::int64_t, float, double, std::string or a std::vector
    bregman::save_state(out, optimizer);
}
