#include "uncontrolled_component.hpp"

namespace uncontrolled {

int counter::add() {
  return ++count_;
}

}  // namespace uncontrolled
