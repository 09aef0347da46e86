#include <algorithm>

#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {

std::span<const model> models() {
  using namespace models_by_kind;
  static const std::vector<model> all = {
      plain_register(),  cas_register(), multi_register(), key_value(),   mutex(),
      reentrant_mutex(), semaphore(),    counter(),        set(),         multiset(),
      fifo_queue(),      stack(),        priority_queue(), list_append(), register_transactions()};
  return all;
}

const model* find_model(std::string_view name) {
  const auto all = models();
  const auto found = std::find_if(all.begin(), all.end(), [&](const model& m) { return m.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace heddle::recorded
