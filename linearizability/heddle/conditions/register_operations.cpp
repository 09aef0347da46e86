#include <algorithm>
#include <map>
#include <stdexcept>

#include <heddle/conditions/register_operations.hpp>

namespace heddle::conditions {

namespace {

std::string process_name(const register_names& names, std::uint32_t process) {
  return names.process ? names.process(process) : "process " + std::to_string(process);
}

std::string key_name(const register_names& names, std::int64_t key) {
  return names.key ? names.key(key) : "key " + std::to_string(key);
}

std::string value_name(const register_names& names, const register_access& a) {
  if (names.value) return names.value(a);
  return a.value ? std::to_string(*a.value) : "nothing";
}

/// "wrote 5 to key 2 and 6 to key 3"
std::string deed(const register_operation& o, const register_names& names) {
  std::string text = o.writes ? "wrote" : "read";
  for (std::size_t i = 0; i < o.accesses.size(); ++i) {
    const std::string key = key_name(names, o.accesses[i].key);
    text += (i == 0 ? " " : " and ") + value_name(names, o.accesses[i]);
    if (!key.empty()) text += (o.writes ? " to " : " from ") + key;
  }
  return text;
}

}  // namespace

std::string to_text(register_operations history, std::uint32_t operation, const register_names& names) {
  const register_operation& o = history[operation];
  return process_name(names, o.process) + ' ' + deed(o, names);
}

std::string story_of(register_operations history, const std::vector<std::uint32_t>& operations,
                     const register_names& names) {
  const auto is_told = [&](const register_access& a) {
    return std::any_of(operations.begin(), operations.end(),
                       [&](std::uint32_t w) { return writes_key(history[w], a.key); });
  };
  std::string text;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    register_operation o = history[operations[i]];
    if (!o.writes) std::erase_if(o.accesses, [&](const register_access& a) { return !is_told(a); });
    const bool goes_on = i > 0 && history[operations[i - 1]].process == o.process;
    text += goes_on ? " and afterwards " : (i > 0 ? "; " : "") + process_name(names, o.process) + ' ';
    text += deed(o, names);
  }
  return text;
}

bool writes_key(const register_operation& o, std::int64_t key) {
  return o.writes &&
         std::any_of(o.accesses.begin(), o.accesses.end(), [&](const auto& a) { return a.key == key; });
}

reads_from::reads_from(register_operations history, const register_names& names)
    : sources_(history.size()), counts_(history.size()) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> writer;
  for (std::uint32_t i = 0; i < history.size(); ++i) {
    counts_[i] = !history[i].uncertain;
    if (!history[i].writes) continue;
    for (const register_access& a : history[i].accesses) {
      if (!a.value) throw std::invalid_argument(to_text(history, i, names));
      if (!writer.try_emplace({a.key, *a.value}, i).second)
        throw std::invalid_argument(to_text(history, i, names) + ", which was written before");
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
            false, {i}, to_text(history, i, names) + ", but nobody wrote " + value_name(names, a) + " there"};
    }
  }
}

}  // namespace heddle::conditions
