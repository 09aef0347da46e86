// From a recorded history to its picture.
#include <sstream>

#include <catch2/catch.hpp>

#include <heddle/recorded/drawing.hpp>
#include <heddle/recorded/models/models.hpp>

namespace heddle::recorded {
namespace {

history read(const std::string& text) {
  std::istringstream in(text);
  history_reader reader(in, "history");
  return read_history(reader);
}

picture::diagram drawn(const std::string& model_name, const std::string& text) {
  const model& m = *find_model(model_name);
  history h = read(text);
  const judgement j = judge(m, h, {});
  return draw(m, h, j, {});
}

const picture::bar& bar_labelled(const picture::diagram& d, const std::string& label) {
  for (const picture::bar& b : d.bars) {
    if (b.label == label) return b;
  }
  FAIL("no bar " << label);
  return d.bars[0];
}

TEST_CASE("a linearizable history has every operation in its place, though a monitor judged it") {
  const picture::diagram d = drawn("register",
                                   "{:process 0 :type :invoke :f :write :value 1}\n"
                                   "{:process 1 :type :invoke :f :read}\n"
                                   "{:process 0 :type :ok :f :write :value 1}\n"
                                   "{:process 1 :type :ok :f :read :value nil}\n");
  CHECK(d.says == picture::verdict::ok);
  CHECK(d.headline == "linearizable as register");
  CHECK(d.lanes == std::vector<std::string>{"process 0", "process 1"});
  const picture::bar& read = bar_labelled(d, "read → none");
  const picture::bar& write = bar_labelled(d, "write 1");
  CHECK(read.begin == 1);
  CHECK(read.end == 3);
  CHECK(read.called_at == "line 2");
  CHECK(read.placed->number == 1);
  CHECK(write.placed->number == 2);
  CHECK(write.placed->before == "none");
  CHECK(write.placed->after == "1");
  CHECK_FALSE(d.stops);
}

TEST_CASE("of a violation the culprit, and the order of the longest prefix") {
  const picture::diagram d = drawn("register",
                                   "{:process 0 :type :invoke :f :write :value 1}\n"
                                   "{:process 0 :type :ok :f :write :value 1}\n"
                                   "{:process 1 :type :invoke :f :read}\n"
                                   "{:process 1 :type :ok :f :read :value 2}\n"
                                   "{:process 1 :type :invoke :f :write :value 3}\n"
                                   "{:process 1 :type :info :f :write :value 3}\n"
                                   "{:process 2 :type :invoke :f :write :value 4}\n"
                                   "{:process 2 :type :fail :f :write :value 4}\n");
  CHECK(d.says == picture::verdict::violation);
  const picture::bar& culprit = bar_labelled(d, "read → 2");
  CHECK(culprit.stands == picture::standing::culprit);
  CHECK_FALSE(culprit.placed);
  CHECK(d.stops == 3);
  CHECK(bar_labelled(d, "write 1").placed->after == "1");
  const picture::bar& open = bar_labelled(d, "write 3 → unknown");
  CHECK(open.how == picture::outcome::info);
  CHECK_FALSE(open.end);
  CHECK(open.returned_at == "line 6");
  CHECK(bar_labelled(d, "write 4 → failed").how == picture::outcome::fail);
}

TEST_CASE(
    "under a weaker condition the operations concerned, but no order, since it does not keep real time") {
  history h = read(
      "{:process 0 :type :invoke :f :write :value 1}\n"
      "{:process 0 :type :ok :f :write :value 1}\n"
      "{:process 0 :type :invoke :f :read}\n"
      "{:process 0 :type :ok :f :read :value nil}\n");
  const model& m = *find_model("register");
  const auto drawn_under = [&](condition asked) {
    const judge_options how{.condition = asked};
    return draw(m, h, judge(m, h, how), how);
  };
  const picture::diagram own = drawn_under(condition::read_your_writes);
  CHECK(own.headline == "NOT READ-YOUR-WRITES CONSISTENT as register");
  for (const picture::bar& b : own.bars) {
    CHECK(b.stands == picture::standing::involved);
    CHECK_FALSE(b.placed);
  }
  const picture::diagram sequential = drawn_under(condition::sequential_consistency);
  CHECK(sequential.headline == "NOT SEQUENTIALLY CONSISTENT as register");
  CHECK(bar_labelled(sequential, "read → none").stands == picture::standing::culprit);
  CHECK(sequential.facts.back() == "no order is shown: sequential consistency does not keep real time");
  CHECK(drawn_under(condition::monotonic_reads).headline == "monotonic-read consistent as register");
}

TEST_CASE("objects have states of their own in one order") {
  const picture::diagram d = drawn("key-value",
                                   "{:process 0 :type :invoke :f :put :value [x 1]}\n"
                                   "{:process 0 :type :ok :f :put :value [x 1]}\n"
                                   "{:process 0 :type :invoke :f :put :value [y 2]}\n"
                                   "{:process 0 :type :ok :f :put :value [y 2]}\n"
                                   "{:process 0 :type :invoke :f :put :value [x 3]}\n"
                                   "{:process 0 :type :ok :f :put :value [x 3]}\n");
  REQUIRE(d.says == picture::verdict::ok);
  REQUIRE(d.bars.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK(d.bars[i].placed->number == i + 1);
  CHECK(d.bars[1].object == "y");
  CHECK(d.bars[1].placed->before == d.bars[0].placed->before);
  CHECK(d.bars[2].placed->before == d.bars[0].placed->after);
}

TEST_CASE("of transactions over lists the anomalies as cycles") {
  const picture::diagram d = drawn("list-append",
                                   "{:process 0 :type :invoke :f :txn :value [[:append x 1] [:r y nil]]}\n"
                                   "{:process 1 :type :invoke :f :txn :value [[:append y 1] [:r x nil]]}\n"
                                   "{:process 0 :type :ok :f :txn :value [[:append x 1] [:r y []]]}\n"
                                   "{:process 1 :type :ok :f :txn :value [[:append y 1] [:r x []]]}\n");
  REQUIRE(d.cycles.size() == 1);
  const picture::cycle& c = d.cycles[0];
  CHECK(c.name == "G2-item");
  CHECK(c.plain == "write skew");
  REQUIRE(c.edges.size() == 2);
  CHECK(c.edges[0].kind == "rw");
  CHECK(c.edges[0].to == c.edges[1].from);
  CHECK(d.bars[c.edges[0].from].label == "append x 1 · r y []");
  CHECK(c.edges[0].label == "rw y");
}

TEST_CASE("states that grow with the history are cut in the middle") {
  std::string text;
  const std::string word(50, 'a');
  for (int i = 0; i < 40; ++i) {
    const std::string rest = " :f :enqueue :value \"" + word + std::to_string(i) + "\"}\n";
    text += "{:process 0 :type :invoke" + rest + "{:process 0 :type :ok" + rest;
  }
  const picture::diagram d = drawn("fifo-queue", text);
  REQUIRE(d.bars.back().placed);
  const std::string& state = d.bars.back().placed->after;
  CHECK(state.size() < 620);
  CHECK(state.find(" … ") != std::string::npos);
  CHECK(state.find(word + "39") != std::string::npos);
}

}  // namespace
}  // namespace heddle::recorded
