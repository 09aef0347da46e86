#include <algorithm>

#include <heddle/recorded/history_reader.hpp>

namespace heddle::recorded {

namespace {

std::string describe(const operation& op) {
  return "process " + to_text(op.process) + "'s " + op.function + " of line " + std::to_string(op.call.line);
}

std::string describe(const event& e) {
  constexpr const char* kinds[] = {"an invocation", "an ok", "a fail", "an info"};
  return kinds[static_cast<std::size_t>(e.what)];
}

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace

std::vector<std::string> reading_notes::texts() const {
  std::vector<std::string> texts;
  if (unfinished != 0) {
    texts.push_back(counted(unfinished, "call never returned and counts", "calls never returned and count") +
                    " as of unknown outcome (first: line " + std::to_string(first_unfinished) + ')');
  }
  if (of_no_client != 0) {
    texts.push_back(counted(of_no_client, "event", "events") +
                    " of processes that are no clients left out (first: line " +
                    std::to_string(first_of_no_client) + ')');
  }
  return texts;
}

history_reader::history_reader(std::istream& in, std::string name, format f)
    : source_(in, std::move(name)),
      format_(f == format::automatic ? detect_format(source_) : f),
      events_(read_events(source_, format_)) {}

std::optional<operation> history_reader::next() {
  while (!ended_ && events_->next(event_)) {
    if (position_ == never - 1) throw history_error(name(), "has more than 2^32 events");
    if (event_.process.is(value::kind::symbol)) {
      if (notes_.of_no_client++ == 0) notes_.first_of_no_client = event_.at.line;
    } else if (event_.what == event::kind::invoke) {
      invoke(std::move(event_));
      ++position_;
    } else {
      operation done = complete(std::move(event_));
      ++position_;
      return done;
    }
  }
  return next_unfinished();
}

void history_reader::invoke(event&& e) {
  const auto known = open_.find(e.process);
  if (known != open_.end()) {
    source_.fail(e.at, "the completion of " + describe(known->second) + " first", "another invocation by it");
  }
  operation& op = open_[e.process];
  op.process = std::move(e.process);
  op.function = std::move(e.function);
  op.key = std::move(e.key);
  op.argument = std::move(e.content);
  op.invoked = position_;
  op.call = e.at;
}

operation history_reader::complete(event&& e) {
  const auto known = open_.find(e.process);
  if (known == open_.end()) {
    source_.fail(e.at, "an invocation by process " + to_text(e.process) + " first", describe(e));
  }
  operation op = std::move(known->second);
  open_.erase(known);
  if (!e.function.empty() && e.function != op.function) {
    source_.fail(e.at, "the completion of " + describe(op), describe(e) + " of " + e.function);
  }
  if (!e.key.is(value::kind::null) && !(e.key == op.key)) {
    source_.fail(e.at,
                 "key " + to_text(op.key) + " as in the invocation of line " + std::to_string(op.call.line),
                 to_text(e.key));
  }
  op.result = std::move(e.content);
  op.completion = e.at;
  op.end = static_cast<outcome>(static_cast<int>(e.what) - 1);
  if (op.end != outcome::info) op.returned = position_;
  return op;
}

std::optional<operation> history_reader::next_unfinished() {
  if (!ended_) {
    ended_ = true;
    for (auto& [process, op] : open_) unfinished_.push_back(std::move(op));
    open_.clear();
    std::sort(unfinished_.begin(), unfinished_.end(),
              [](const operation& a, const operation& b) { return a.invoked > b.invoked; });
    notes_.unfinished = unfinished_.size();
    if (!unfinished_.empty()) notes_.first_unfinished = unfinished_.back().call.line;
  }
  if (unfinished_.empty()) return std::nullopt;
  operation op = std::move(unfinished_.back());
  unfinished_.pop_back();
  return op;
}

}  // namespace heddle::recorded
