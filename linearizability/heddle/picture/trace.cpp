#include <algorithm>
#include <cmath>

#include <heddle/picture/json_text.hpp>
#include <heddle/picture/trace.hpp>

namespace heddle::picture {

namespace {

/// The format's unit is a microsecond; in whole nanoseconds, ends and begins that are equal stay so.
std::int64_t nanoseconds(double position) {
  return std::llround(position * 1e6);
}

std::string microseconds(std::int64_t ns) {
  return json_number(static_cast<double>(ns) / 1e3);
}

std::string duration(double from, double to) {
  return "\"dur\": " + microseconds(nanoseconds(to) - nanoseconds(from));
}

constexpr std::string_view outcome_name(outcome how) {
  return how == outcome::ok ? "ok" : how == outcome::fail ? "fail" : "info";
}

class trace_writer {
 public:
  trace_writer(std::ostream& out, const diagram& d) : out_(out), d_(d) {}

  void write() {
    out_ << "{\"displayTimeUnit\": \"ms\",\n\"otherData\": {\"verdict\": " << json_string(d_.headline)
         << "},\n\"traceEvents\": [\n";
    event("M", 0, 0, "process_name", "\"args\": {\"name\": " + json_string(d_.title) + '}');
    for (std::uint32_t lane = 0; lane < d_.lanes.size(); ++lane) name_thread(lane + 1, d_.lanes[lane]);
    name_thread(order_thread(), "order");
    write_bars();
    write_order();
    for (const moment& m : d_.moments) instant(m.at, m.text);
    if (d_.stops) instant(*d_.stops, "no order beyond this point");
    out_ << "\n]}\n";
  }

 private:
  std::uint32_t order_thread() const { return static_cast<std::uint32_t>(d_.lanes.size()) + 1; }

  void name_thread(std::uint32_t thread, const std::string& name) {
    event("M", thread, 0, "thread_name", "\"args\": {\"name\": " + json_string(name) + '}');
    event("M", thread, 0, "thread_sort_index", "\"args\": {\"sort_index\": " + std::to_string(thread) + '}');
  }

  void instant(double at, const std::string& name) { event("i", 0, at, name, "\"s\": \"g\""); }

  void event(std::string_view phase, std::uint32_t thread, double at, std::string_view name,
             std::string_view rest) {
    out_ << (first_ ? "" : ",\n") << "{\"ph\": \"" << phase << "\", \"pid\": 1, \"tid\": " << thread
         << ", \"ts\": " << microseconds(nanoseconds(at)) << ", \"name\": " << json_string(name) << ", "
         << rest << '}';
    first_ = false;
  }

  void write_bars() {
    std::vector<std::uint32_t> by_begin(d_.bars.size());
    for (std::uint32_t i = 0; i < by_begin.size(); ++i) by_begin[i] = i;
    std::sort(by_begin.begin(), by_begin.end(), [&](std::uint32_t a, std::uint32_t b) {
      return d_.bars[a].lane != d_.bars[b].lane ? d_.bars[a].lane < d_.bars[b].lane
                                                : d_.bars[a].begin < d_.bars[b].begin;
    });
    const double last = last_position(d_) + 1;
    for (std::size_t i = 0; i < by_begin.size(); ++i) {
      const bar& b = d_.bars[by_begin[i]];
      const bool followed = i + 1 < by_begin.size() && d_.bars[by_begin[i + 1]].lane == b.lane;
      write_bar(b, b.end.value_or(followed ? d_.bars[by_begin[i + 1]].begin : last));
    }
  }

  void write_bar(const bar& b, double end) {
    std::string arguments;
    const auto add = [&](std::string_view name, std::string_view text) {
      if (text.empty()) return;
      arguments += (arguments.empty() ? "" : ", ") + json_string(name) + ": " + json_string(text);
    };
    add("arguments", b.arguments);
    add("result", b.result);
    add("outcome", outcome_name(b.how));
    add("called at", b.called_at);
    add("returned at", b.returned_at);
    if (b.stands == standing::culprit) add("verdict", "has no place in any order");
    if (b.placed) {
      add("place in the order", std::to_string(b.placed->number));
      add("state before", b.placed->before);
      add("state after", b.placed->after);
    }
    for (const std::string& note : b.notes) add("note", note);
    event("X", b.lane + 1, b.begin, b.label,
          duration(b.begin, end) + ", \"cat\": \"" + std::string(outcome_name(b.how)) + "\", \"args\": {" +
              arguments + '}');
    for (const step& s : b.steps) {
      event("i", b.lane + 1, s.at, s.text,
            "\"s\": \"t\", \"args\": {\"where\": " + json_string(s.where) + '}');
    }
  }

  void write_order() {
    std::vector<const bar*> placed;
    for (const bar& b : d_.bars) {
      if (b.placed) placed.push_back(&b);
    }
    std::sort(placed.begin(), placed.end(),
              [](const bar* a, const bar* b) { return a->placed->number < b->placed->number; });
    for (std::size_t i = 0; i < placed.size(); ++i) {
      const double at = placed[i]->placed->point;
      const double next = i + 1 < placed.size() ? placed[i + 1]->placed->point : at + 1;
      event("X", order_thread(), at, std::to_string(placed[i]->placed->number) + ". " + placed[i]->label,
            duration(at, next) + ", \"args\": {\"state after\": " + json_string(placed[i]->placed->after) +
                '}');
    }
  }

  std::ostream& out_;
  const diagram& d_;
  bool first_ = true;
};

}  // namespace

void write_trace(std::ostream& out, const diagram& d) {
  trace_writer(out, d).write();
}

}  // namespace heddle::picture
