#include <algorithm>
#include <array>

#include <heddle/monitors/counter.hpp>
#include <heddle/monitors/findings.hpp>
#include <heddle/monitors/priority_queue.hpp>
#include <heddle/monitors/queue.hpp>
#include <heddle/monitors/register.hpp>
#include <heddle/monitors/set.hpp>
#include <heddle/monitors/stack.hpp>

namespace heddle::monitors {

namespace {

struct type {
  object what;
  std::string_view name;
  verdict (*judge)(std::span<const operation>, const options&);
  std::uint32_t methods;  ///< a bit each
};

template <class... Methods>
constexpr std::uint32_t bits(Methods... methods) {
  return ((1U << static_cast<unsigned>(methods)) | ...);
}

using enum method;

/// By object.
constexpr std::array types{
    type{object::plain_register, "register", judge_register, bits(read, write)},
    type{object::cas_register, "compare-and-set register", judge_register,
         bits(read, write, compare_and_set)},
    type{object::set, "set", judge_set, bits(add, remove, contains)},
    type{object::counter, "counter", judge_counter, bits(read, increase, increase_and_read)},
    type{object::fifo_queue, "FIFO queue", judge_queue, bits(insert, extract)},
    type{object::stack, "stack", judge_stack, bits(insert, extract)},
    type{object::priority_queue, "priority queue", judge_priority_queue, bits(insert, extract)}};

}  // namespace

verdict judge(object what, std::span<const operation> history, const options& how) {
  const type& t = types[static_cast<std::size_t>(what)];
  const auto foreign = std::find_if(history.begin(), history.end(),
                                    [&](const operation& o) { return (t.methods & bits(o.what)) == 0; });
  if (foreign != history.end()) {
    return not_applicable("operation " + std::to_string(foreign - history.begin()) + " is none of a " +
                          std::string(t.name));
  }
  return t.judge(history, how);
}

std::string_view name_of(object what) {
  return types[static_cast<std::size_t>(what)].name;
}

std::optional<object> object_named(std::string_view name) {
  const auto t = std::find_if(types.begin(), types.end(), [&](const type& one) { return one.name == name; });
  return t == types.end() ? std::nullopt : std::optional(t->what);
}

}  // namespace heddle::monitors
