// The picture by example: what is put in comes out of the page and of the trace.
#include <algorithm>
#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <heddle/picture/diagram.hpp>
#include <heddle/picture/page.hpp>
#include <heddle/picture/trace.hpp>

namespace heddle::picture {
namespace {

using nlohmann::json;

/// write 1 and, within it, a read that sees it; then a read that never returns.
diagram small() {
  diagram d;
  d.title = "small";
  d.says = verdict::ok;
  d.headline = "linearizable";
  d.lanes = {"process 0", "process 1"};
  d.bars.push_back(
      {.lane = 0, .begin = 0, .end = 3, .label = "write 1", .operation = "write", .arguments = "1"});
  d.bars.push_back(
      {.lane = 1, .begin = 1, .end = 2, .label = "read → 1", .operation = "read", .result = "1"});
  d.bars.push_back({.lane = 1, .begin = 4, .end = {}, .how = outcome::info, .label = "read → unknown"});
  const std::vector<order_step> order = {{0, "none", "1"}, {1, "1", "1"}};
  place_in_order(d, {&order, 1});
  return d;
}

std::string page_of(const diagram& d) {
  std::ostringstream out;
  write_html(out, d);
  return out.str();
}

json trace_of(const diagram& d) {
  std::ostringstream out;
  write_trace(out, d);
  return json::parse(out.str());
}

/// What the page's script finds.
json data_of(const std::string& page) {
  const std::string opening = "<script type=\"application/json\" id=\"diagram\">";
  const std::size_t from = page.find(opening) + opening.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("points stand within their bars, in the order that was given") {
  const diagram d = small();
  REQUIRE(d.bars[0].placed);
  REQUIRE(d.bars[1].placed);
  CHECK(d.bars[0].placed->number == 1);
  CHECK(d.bars[0].placed->point == 0.5);
  CHECK(d.bars[1].placed->number == 2);
  CHECK(d.bars[1].placed->point == 1.5);
  CHECK(d.bars[1].placed->before == "1");
  CHECK_FALSE(d.bars[2].placed);
}

/// Random points of effect first, then bars around them: the order of the points is one that real time
/// allows.
TEST_CASE("orders of several objects are merged into one that real time allows") {
  CHECK(rc::check([] {
    const auto objects = *rc::gen::inRange<std::size_t>(1, 4);
    const auto operations = *rc::gen::inRange<std::size_t>(1, 24);
    diagram d;
    std::vector<std::vector<order_step>> orders(objects);
    for (std::uint32_t i = 0; i < operations; ++i) {
      const int effect = 10 * static_cast<int>(i) + 5;
      const int begin = effect - 1 - 2 * *rc::gen::inRange(0, 20);
      const int end = effect + 1 + 2 * *rc::gen::inRange(0, 20);
      d.lanes.push_back("process");
      d.bars.push_back({.lane = i, .begin = static_cast<double>(begin + 50), .end = end + 51.0});
      orders[*rc::gen::inRange<std::size_t>(0, objects)].push_back({i, "", ""});
    }
    place_in_order(d, orders);

    std::vector<const bar*> placed;
    for (const bar& b : d.bars) {
      RC_ASSERT(b.placed.has_value());
      RC_ASSERT(b.placed->point > b.begin);
      RC_ASSERT(b.placed->point < *b.end);
      placed.push_back(&b);
    }
    std::sort(placed.begin(), placed.end(),
              [](const bar* a, const bar* b) { return a->placed->number < b->placed->number; });
    for (std::size_t i = 0; i < placed.size(); ++i) {
      RC_ASSERT(placed[i]->placed->number == i + 1);
      for (std::size_t j = i + 1; j < placed.size(); ++j) {
        RC_ASSERT(placed[i]->placed->point < placed[j]->placed->point);
        RC_ASSERT(!(*placed[j]->end < placed[i]->begin));
      }
    }
    for (const auto& order : orders) {
      for (std::size_t i = 1; i < order.size(); ++i)
        RC_ASSERT(d.bars[order[i - 1].bar].placed->number < d.bars[order[i].bar].placed->number);
    }
  }));
}

TEST_CASE("the page holds the diagram") {
  diagram d = small();
  d.stops = 2;
  d.cycles.push_back(
      {.name = "G-single", .plain = "lost update", .edges = {{0, 1, "ww", "ww x"}, {1, 0, "rw", "rw x"}}});
  const json data = data_of(page_of(d));
  const auto text = [&](const json& number) { return data["texts"][number.get<std::size_t>()]; };
  CHECK(data["title"] == "small");
  CHECK(data["lanes"] == json{"process 0", "process 1"});
  CHECK(data["stops"] == 2);
  CHECK(data["last"] == 4);
  REQUIRE(data["bars"].size() == 3);
  const json write = data["bars"][0];
  CHECK(write[1] == 0);
  CHECK(write[2] == 3);
  CHECK(text(write[5]) == "write 1");
  CHECK(text(write[7]) == "1");
  CHECK(write[12][0] == 1);
  CHECK(text(write[12][2]) == "none");
  CHECK(text(write[12][3]) == "1");
  CHECK(data["bars"][2][2].is_null());
  CHECK(data["cycles"][0]["edges"] == json{{0, 1, "ww", "ww x"}, {1, 0, "rw", "rw x"}});
}

TEST_CASE("the page is one file that loads nothing") {
  const std::string page = page_of(small());
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(count(page, "<script") == 2);
  CHECK(count(page, "src=") == 0);
  CHECK(count(page, "<link") == 0);
  CHECK(count(page, "@import") == 0);
  CHECK(count(page, "{{") == 0);
  CHECK(count(page, "default-src 'none'") == 1);
}

TEST_CASE("texts of a history do not become part of the page") {
  diagram d = small();
  const std::string evil = "</script><script>alert(1)</script><!--{{data}}";
  const std::size_t scripts = count(page_of(d), "<script");
  d.title = d.headline = d.explanation = d.lanes[0] = evil;
  d.bars[0].label = d.bars[0].arguments = d.bars[0].placed->after = evil;
  d.bars[0].notes = {evil};
  d.cycles.push_back({.name = evil, .plain = evil, .detail = evil, .edges = {{0, 1, evil, evil}}});
  const std::string page = page_of(d);
  CHECK(count(page, "<script") == scripts);
  const json data = data_of(page);
  CHECK(data["title"] == evil);
  CHECK(data["lanes"][0] == evil);
  CHECK(data["cycles"][0]["edges"][0][3] == evil);
}

TEST_CASE("the trace has a thread per lane, and one for the order") {
  diagram d = small();
  d.stops = 2;
  const json trace = trace_of(d);
  std::vector<std::string> threads, slices, order, instants;
  for (const json& e : trace["traceEvents"]) {
    if (e["name"] == "thread_name") threads.push_back(e["args"]["name"]);
    if (e["ph"] == "X") (e["tid"] == 3 ? order : slices).push_back(e["name"]);
    if (e["ph"] == "i") instants.push_back(e["name"]);
  }
  CHECK(threads == std::vector<std::string>{"process 0", "process 1", "order"});
  CHECK(slices == std::vector<std::string>{"write 1", "read → 1", "read → unknown"});
  CHECK(order == std::vector<std::string>{"1. write 1", "2. read → 1"});
  CHECK(instants == std::vector<std::string>{"no order beyond this point"});
  const json& write = trace["traceEvents"][7];
  CHECK(write["name"] == "write 1");
  CHECK(write["ts"] == 0);
  CHECK(write["dur"] == 3000);
  CHECK(write["args"]["state after"] == "1");
}

TEST_CASE("an empty history has a picture too") {
  CHECK(data_of(page_of({}))["bars"].empty());
  CHECK(trace_of({})["traceEvents"].size() == 3);
}

}  // namespace
}  // namespace heddle::picture
