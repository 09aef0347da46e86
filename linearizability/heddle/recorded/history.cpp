#include <cerrno>
#include <cstring>
#include <fstream>

#include <heddle/recorded/history.hpp>

namespace heddle::recorded {

value_id value_table::intern(value v) {
  const std::uint64_t hash = heddle_hash(v);
  const value_id known = index_.find(hash, [&](value_id id) { return values_[id] == v; });
  if (known != linearizability::probe_table::absent) return known;
  const auto id = static_cast<value_id>(values_.size());
  values_.push_back(std::move(v));
  index_.insert(hash, id);
  return id;
}

void history::add(operation op) {
  entries_.push_back({.process = values_.intern(std::move(op.process)),
                      .function = values_.intern(value::symbol(std::move(op.function))),
                      .key = values_.intern(std::move(op.key)),
                      .argument = values_.intern(std::move(op.argument)),
                      .result = values_.intern(std::move(op.result)),
                      .invoked = op.invoked,
                      .returned = op.returned,
                      .call = op.call,
                      .completion = op.completion,
                      .end = op.end});
}

void history::fail(const entry& e, std::string_view expected, std::string_view found, bool completed) const {
  throw history_error(name_, completed ? e.completion : e.call, expected, found);
}

history read_history(history_reader& in) {
  history h(in.name());
  while (auto op = in.next()) h.add(*std::move(op));
  h.set_notes(in.notes());
  return h;
}

history read_history(const std::filesystem::path& file, format f) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) throw history_error(file.string(), "is a directory");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw history_error(file.string(), std::string("cannot be read: ") + std::strerror(errno));
  history_reader reader(in, file.string(), f);
  return read_history(reader);
}

std::string to_text(const history& h, const entry& e) {
  std::string text = h.function(e);
  if (e.key != null_value) text += ' ' + to_text(h.at(e.key));
  if (e.argument != null_value) text += ' ' + to_text(h.at(e.argument));
  if (e.end == outcome::info) return text + " → unknown";
  if (e.end == outcome::fail) return text + " → failed";
  const bool echoed = e.result == e.argument || e.result == null_value;
  if (echoed && e.argument != null_value) return text;
  return text + " → " + to_text(h.at(e.result));
}

std::string place_of_call(const entry& e) {
  return e.call.line == 0 ? "event " + std::to_string(e.invoked) : "line " + std::to_string(e.call.line);
}

std::string place_of(const entry& e) {
  if (e.returned == never) return place_of_call(e);
  return e.completion.line == 0 ? "event " + std::to_string(e.returned)
                                : "line " + std::to_string(e.completion.line);
}

}  // namespace heddle::recorded
