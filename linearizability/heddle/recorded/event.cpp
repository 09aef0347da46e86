#include <algorithm>
#include <array>
#include <optional>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/event.hpp>
#include <heddle/recorded/json.hpp>

namespace heddle::recorded {

namespace {

/// Collects the fields of one event, whatever their order.
class event_fields {
 public:
  event_fields(const text_source& in, text_position start) : in_(in) { event_.at = start; }

  void set(std::string_view name, text_position at, value content) {
    const auto field = std::find(names.begin(), names.end(), name);
    if (field == names.end()) return;  // times, indices, errors: nothing that the verdict depends on
    const auto which = static_cast<std::size_t>(field - names.begin());
    if (given_[which]) in_.fail(at, "every field once", std::string(name) + " twice");
    given_[which] = true;
    switch (which) {
      case process:
        return set_process(at, std::move(content));
      case type:
        return set_type(at, content);
      case function:
        return set_function(at, content);
      case key:
        event_.key = std::move(content);
        return;
      default:
        event_.content = std::move(content);
    }
  }

  event finish() {
    for (const std::size_t required : {process, type}) require(required);
    if (event_.what == event::kind::invoke) require(function);
    return std::move(event_);
  }

 private:
  static constexpr std::array<std::string_view, 5> names = {"process", "type", "f", "key", "value"};
  static constexpr std::size_t process = 0, type = 1, function = 2, key = 3;

  void require(std::size_t field) const {
    if (given_[field]) return;
    in_.fail(event_.at, "an event with process, type and f", "one without " + std::string(names[field]));
  }

  void set_process(text_position at, value content) {
    const bool fits =
        content.is(value::kind::integer) || content.is(value::kind::text) || content.is(value::kind::symbol);
    if (!fits) in_.fail(at, "a process: an integer or a name", to_text(content));
    event_.process = std::move(content);
  }

  void set_type(text_position at, const value& content) {
    const std::string name = edn_key_name(content);
    const auto kind = enum_from_name<event::kind>(name);
    if (!kind) in_.fail(at, "invoke, ok, fail or info", to_text(content));
    event_.what = *kind;
  }

  void set_function(text_position at, const value& content) {
    const bool fits = content.is(value::kind::text) || content.is(value::kind::symbol);
    if (!fits || edn_key_name(content).empty()) in_.fail(at, "a function's name", to_text(content));
    event_.function = edn_key_name(content);
  }

  const text_source& in_;
  event event_;
  std::array<bool, names.size()> given_{};
};

void end_line(text_source& in) {
  skip_json_blanks(in);
  if (in.peek() != text_source::end && !in.take_if('\n')) in.fail("the end of the line");
}

// --- Heddle's JSON Lines

constexpr std::int64_t jsonl_version = 1;
constexpr std::string_view jsonl_header = "a header line such as {\"heddle-history\": 1}";

class jsonl_reader final : public event_reader {
 public:
  explicit jsonl_reader(text_source& in) : in_(in) {}

  bool next(event& e) override {
    if (!headed_) take_header();
    skip_empty_lines();
    if (in_.peek() == text_source::end) return false;
    event_fields fields(in_, in_.where());
    take_fields([&](const std::string& name, text_position at, value content) {
      fields.set(name, at, std::move(content));
    });
    e = fields.finish();
    return true;
  }

 private:
  void take_header() {
    skip_empty_lines();
    const text_position start = in_.where();
    if (in_.peek() != '{') in_.fail(jsonl_header);
    take_fields([&](const std::string& name, text_position at, const value& content) {
      if (name != "heddle-history") return;
      if (!(content == value::integer(jsonl_version))) in_.fail(at, "version 1", to_text(content));
      headed_ = true;
    });
    if (!headed_) in_.fail(start, jsonl_header, "another object");
  }

  /// Takes one object and the end of its line.
  template <class OnField>
  void take_fields(const OnField& on_field) {
    if (!in_.take_if('{')) in_.fail("an event: {\"process\": …}");
    skip_json_blanks(in_);
    while (!in_.take_if('}')) {
      const std::string name = take_json_string(in_);
      skip_json_blanks(in_);
      if (!in_.take_if(':')) in_.fail("':' after a field's name");
      skip_json_blanks(in_);
      const text_position at = in_.where();
      on_field(name, at, take_json(in_, 1));
      skip_json_blanks(in_);
      if (in_.peek() == '}') continue;
      if (!in_.take_if(',')) in_.fail("',' or '}' in an event");
      skip_json_blanks(in_);
      if (in_.peek() == '}') in_.fail("another field");
    }
    end_line(in_);
  }

  void skip_empty_lines() {
    skip_json_blanks(in_);
    while (in_.take_if('\n')) skip_json_blanks(in_);
  }

  text_source& in_;
  bool headed_ = false;
};

// --- Jepsen's EDN

class edn_reader final : public event_reader {
 public:
  explicit edn_reader(text_source& in) : in_(in) {}

  bool next(event& e) override {
    if (!at_event()) return false;
    event_fields fields(in_, in_.where());
    in_.take();
    for (;;) {
      skip_edn_blanks(in_, 1);
      if (in_.take_if('}')) break;
      if (in_.peek() == text_source::end) in_.fail("the rest of an event");
      const std::string name = edn_key_name(take_edn(in_, 1));
      skip_edn_blanks(in_, 1);
      const text_position at = in_.where();
      fields.set(name, at, take_edn(in_, 1));
    }
    e = fields.finish();
    return true;
  }

 private:
  /// Goes to the next map. False at the end of the text.
  bool at_event() {
    for (;;) {
      skip_edn_blanks(in_);
      const int c = in_.peek();
      if (c == '{') return true;
      if (close_ == 0 && (c == '[' || c == '(')) {
        in_.take();
        close_ = c == '[' ? ']' : ')';
      } else if (close_ != 0 && c == close_) {
        in_.take();
        close_ = 0;
      } else if (c == '#' && !in_.ahead().starts_with("#{") && !in_.ahead().starts_with("##")) {
        take_tag();
      } else if (c == text_source::end && close_ == 0) {
        return false;
      } else {
        in_.fail(close_ == 0 ? "an event: {:process …}"
                             : std::string("an event: {:process …}, or '") + close_ + '\'');
      }
    }
  }

  /// Of an event that is printed as a record: #jepsen.history.Op{…}.
  void take_tag() {
    constexpr std::string_view starts = "{[(";
    while (in_.peek() > ' ' && starts.find(static_cast<char>(in_.peek())) == std::string_view::npos)
      in_.take();
    skip_edn_blanks(in_);
    if (in_.peek() == text_source::end) in_.fail("a form after a tag");
  }

  text_source& in_;
  char close_ = 0;  ///< the bracket that ends the vector or list around the events, if there is one
};

// --- Jepsen's log lines

class etcd_reader final : public event_reader {
 public:
  explicit etcd_reader(text_source& in) : in_(in) {}

  bool next(event& e) override {
    while (in_.take_if('\n')) {
    }
    if (in_.peek() == text_source::end) return false;
    const text_position start = in_.where();
    for (const char c : prefix) {
      if (!in_.take_if(c)) in_.fail("a log line: " + std::string(prefix) + "4 :invoke :read nil");
    }
    event_fields fields(in_, start);
    for (const std::string_view field : {"process", "type", "f", "value"}) {
      skip_json_blanks(in_);
      const text_position at = in_.where();
      if (in_.peek() == '\n' || in_.peek() == text_source::end) in_.fail("the " + std::string(field));
      fields.set(field, at, take_edn(in_));
    }
    end_line(in_);
    e = fields.finish();
    refine(e);
    return true;
  }

 private:
  static constexpr std::string_view prefix = "INFO  jepsen.util - ";

  /// These logs say :fail of a compare-and-set that answered no, which is an answer; and :timed-out for
  /// nothing.
  static void refine(event& e) {
    const bool timed_out = e.content == value::symbol("timed-out");
    if (e.what == event::kind::fail && e.function == "cas" && !timed_out) {
      e.what = event::kind::ok;
      e.content = value::boolean(false);
    }
    if (timed_out) e.content = {};
  }

  text_source& in_;
};

}  // namespace

std::unique_ptr<event_reader> read_events(text_source& in, format f) {
  switch (f) {
    case format::jsonl:
      return std::make_unique<jsonl_reader>(in);
    case format::etcd:
      return std::make_unique<etcd_reader>(in);
    default:
      return std::make_unique<edn_reader>(in);
  }
}

format detect_format(text_source& in) {
  constexpr std::string_view blanks = " \t\r\n,";
  while (in.peek() != text_source::end && blanks.find(static_cast<char>(in.peek())) != std::string_view::npos)
    in.take();
  const std::string_view text = in.ahead();
  if (text.starts_with("INFO")) return format::etcd;
  if (text.starts_with('{')) {
    const std::size_t inner = text.find_first_not_of(blanks, 1);
    return inner != std::string_view::npos && text[inner] == '"' ? format::jsonl : format::edn;
  }
  constexpr std::string_view edn_starts = "[(#;";
  if (!text.empty() && edn_starts.find(text[0]) != std::string_view::npos) return format::edn;
  in.fail("a history: JSON Lines, EDN, or log lines of Jepsen");
}

}  // namespace heddle::recorded
