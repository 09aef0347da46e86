// A second unit: a type of the same name in its own anonymous namespace, and the definition of a type that
// the first unit only declares.
#include "symbols_fixture.hpp"

namespace fixture {

struct opaque {
  int head = 0;
  level_of_fill body[2];
};

void gauge::reset() {
  reading_ = 0;
}

namespace {
struct same_name {
  long long wide = 0;
  int third = 0;
};
same_name shared;
opaque the_opaque;
}  // namespace

holder the_holder = {1, &the_opaque};

const int store_line = __LINE__ + 2;
void store_elsewhere(std::atomic<long>& target) {
  target = 4;
}

const std::type_info& other_anonymous_type() {
  shared.third = 3;
  return typeid(shared);
}

const std::type_info& opaque_type() {
  the_holder.inside->body[1].level = 2;
  return typeid(opaque);
}

}  // namespace fixture
