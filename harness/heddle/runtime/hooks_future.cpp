// promise::set_value_at_thread_exit: libstdc++ makes the future ready inside its own shared library, where no
// hook sees the store. We put the happens-before edge in its place.
#include <heddle/runtime/hook.hpp>

namespace heddle::runtime {
namespace {

// libstdc++'s __future_base::_State_baseV2::_Make_ready, part of its ABI since GLIBCXX_3.4.21.
struct make_ready {
  make_ready* next;
  void (*run)(void*);
  char* state;  // weak_ptr to the shared state: vtable, result, and then the status that waiters load
};
constexpr std::size_t status_offset = 16;

void (*real_run)(void*) = nullptr;

void run(void* element) {
  if (controlled) release(sync_at(static_cast<make_ready*>(element)->state + status_offset).released);
  real_run(element);
}

}  // namespace
}  // namespace heddle::runtime

using namespace heddle::runtime;

// std::__future_base::_State_baseV2::_Make_ready::_M_set()
HEDDLE_HOOK void _ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv(make_ready* element) {
  HEDDLE_REAL(_ZNSt13__future_base13_State_baseV211_Make_ready6_M_setEv)(element);
  real_run = element->run;
  element->run = run;
}
