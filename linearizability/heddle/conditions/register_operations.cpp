#include <algorithm>
#include <map>
#include <stdexcept>

#include <heddle/conditions/register_operations.hpp>

namespace heddle::conditions {

std::string to_text(register_operations history, std::uint32_t operation) {
  const register_operation& o = history[operation];
  std::string text = "operation " + std::to_string(operation) + " (process " + std::to_string(o.process);
  for (std::size_t i = 0; i < o.accesses.size(); ++i) {
    const register_access& a = o.accesses[i];
    const std::string value = a.value ? std::to_string(*a.value) : "nothing";
    text += std::string(i > 0 ? ", " : " ") + (o.writes ? "wrote " : "read ") + value +
            (o.writes ? " to" : " in") + " key " + std::to_string(a.key);
  }
  return text + ')';
}

bool writes_key(const register_operation& o, std::int64_t key) {
  return o.writes &&
         std::any_of(o.accesses.begin(), o.accesses.end(), [&](const auto& a) { return a.key == key; });
}

reads_from::reads_from(register_operations history) : sources_(history.size()), counts_(history.size()) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> writer;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    counts_[i] = !history[i].uncertain;
    if (!history[i].writes) continue;
    for (const register_access& a : history[i].accesses) {
      if (!a.value) throw std::invalid_argument("operation " + std::to_string(i) + " writes nothing");
      if (!writer.try_emplace({a.key, *a.value}, i).second)
        throw std::invalid_argument(to_text(history, i) + " writes what was written before");
    }
  }
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    if (history[i].writes) continue;
    for (const register_access& a : history[i].accesses) {
      const auto at = a.value ? writer.find({a.key, *a.value}) : writer.end();
      const bool found = at != writer.end();
      sources_[i].push_back(found ? at->second : no_operation);
      if (found) counts_[at->second] = true;
      if (a.value && !found && !thin_air_)
        thin_air_ = {
            false, {i}, to_text(history, i) + " read " + std::to_string(*a.value) + ", which nobody wrote"};
    }
  }
}

}  // namespace heddle::conditions
