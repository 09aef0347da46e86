#include <functional>
#include <string_view>
#include <unordered_map>

#include <heddle/picture/json_text.hpp>
#include <heddle/picture/page.hpp>
#include <heddle/picture/page_parts.hpp>

namespace heddle::picture {

namespace {

/// The diagram as JSON. Texts are written once and named by number; page/data.js reads it.
class data_writer {
 public:
  data_writer(std::ostream& out, const diagram& d) : out_(out), d_(d) {}

  void write() {
    out_ << "{\"version\": 1, \"title\": " << json_string(d_.title)
         << ", \"verdict\": " << static_cast<int>(d_.says) << ", \"headline\": " << json_string(d_.headline)
         << ", \"explanation\": " << json_string(d_.explanation) << ", \"axis\": " << json_string(d_.axis)
         << ", \"last\": " << json_number(last_position(d_))
         << ", \"stops\": " << (d_.stops ? json_number(*d_.stops) : "null");
    list("facts", d_.facts, [&](const std::string& fact) { out_ << json_string(fact); });
    list("lanes", d_.lanes, [&](const std::string& lane) { out_ << json_string(lane); });
    list("moments", d_.moments,
         [&](const moment& m) { out_ << '[' << json_number(m.at) << ", " << json_string(m.text) << ']'; });
    list("cycles", d_.cycles, [&](const cycle& c) { write_cycle(c); });
    list("bars", d_.bars, [&](const bar& b) { write_bar(b); });
    list("texts", texts_, [&](const std::string_view& text) { out_ << json_string(text); });
    out_ << "}";
  }

 private:
  template <class T, class F>
  void list(std::string_view name, const std::vector<T>& items, F&& item) {
    out_ << ",\n\"" << name << "\": [";
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i != 0) out_ << ",\n";
      item(items[i]);
    }
    out_ << ']';
  }

  std::size_t number_of(std::string_view text) {
    const auto [found, is_new] = numbers_.try_emplace(text, texts_.size());
    if (is_new) texts_.push_back(text);
    return found->second;
  }

  void write_cycle(const cycle& c) {
    out_ << "{\"name\": " << json_string(c.name) << ", \"plain\": " << json_string(c.plain)
         << ", \"detail\": " << json_string(c.detail) << ", \"edges\": [";
    for (std::size_t i = 0; i < c.edges.size(); ++i) {
      const dependency& e = c.edges[i];
      out_ << (i == 0 ? "" : ", ") << '[' << e.from << ", " << e.to << ", " << json_string(e.kind) << ", "
           << json_string(e.label) << ']';
    }
    out_ << "]}";
  }

  void write_bar(const bar& b) {
    out_ << '[' << b.lane << ',' << json_number(b.begin) << ',' << (b.end ? json_number(*b.end) : "null")
         << ',' << static_cast<int>(b.how) << ',' << static_cast<int>(b.stands);
    for (const std::string* text :
         {&b.label, &b.operation, &b.arguments, &b.result, &b.called_at, &b.returned_at, &b.object}) {
      out_ << ',' << number_of(*text);
    }
    if (b.placed || !b.notes.empty() || !b.steps.empty()) write_place(b);
    if (!b.notes.empty() || !b.steps.empty()) write_notes(b);
    out_ << ']';
  }

  void write_place(const bar& b) {
    if (!b.placed) {
      out_ << ",null";
      return;
    }
    out_ << ",[" << b.placed->number << ',' << json_number(b.placed->point) << ','
         << number_of(b.placed->before) << ',' << number_of(b.placed->after) << ']';
  }

  void write_notes(const bar& b) {
    out_ << ",[";
    for (std::size_t i = 0; i < b.notes.size(); ++i) out_ << (i == 0 ? "" : ",") << number_of(b.notes[i]);
    out_ << "],[";
    for (std::size_t i = 0; i < b.steps.size(); ++i) {
      out_ << (i == 0 ? "" : ",") << '[' << json_number(b.steps[i].at) << ',' << number_of(b.steps[i].text)
           << ',' << number_of(b.steps[i].where) << ']';
    }
    out_ << ']';
  }

  std::ostream& out_;
  const diagram& d_;
  std::unordered_map<std::string_view, std::size_t> numbers_;
  std::vector<std::string_view> texts_;
};

struct slot {
  std::string_view name;
  std::function<void()> fill;
};

}  // namespace

void write_html(std::ostream& out, const diagram& d) {
  const slot slots[] = {{"title", [&] { out << html_text(d.title); }},
                        {"headline", [&] { out << html_text(d.headline); }},
                        {"explanation", [&] { out << html_text(d.explanation); }},
                        {"style", [&] { out << page_css; }},
                        {"data", [&] { data_writer(out, d).write(); }},
                        {"script", [&] { out << page_js; }}};
  std::string_view rest = page_html;
  while (true) {
    const std::size_t open = rest.find("{{");
    out << rest.substr(0, open);
    if (open == std::string_view::npos) return;
    const std::size_t close = rest.find("}}", open);
    const std::string_view name = rest.substr(open + 2, close - open - 2);
    for (const slot& s : slots) {
      if (s.name == name) s.fill();
    }
    rest.remove_prefix(close + 2);
  }
}

}  // namespace heddle::picture
