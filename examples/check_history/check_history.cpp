// Judges a history from one's own code, with one's own model. Needs heddle::linearizability alone.
#include <cstdio>

#include <heddle/recorded/model.hpp>

using namespace heddle;
using namespace heddle::recorded;

struct ticket_office {  // what the calls mean, one at a time
  std::int64_t sold = 0;
  std::int64_t buy() { return ++sold; }
  bool operator==(const ticket_office&) const = default;
};

int main() {
  const model office = model_of<ticket_office>("ticket-office", "sells numbered tickets")
                           .operation<std::int64_t()>({"buy", "", "the ticket's number"}, &ticket_office::buy)
                           .finish();
  history h("my log");
  const auto bought = [&](int client, int number, std::uint32_t invoked, std::uint32_t returned) {
    operation op{.process = value::integer(client), .function = "buy", .result = value::integer(number)};
    op.end = outcome::ok;
    op.invoked = invoked;  // positions in the order in which things happened
    op.returned = returned;
    h.add(op);
  };
  bought(1, 1, 0, 2);
  bought(2, 1, 1, 3);  // at the same time, and the same ticket
  const judgement j = judge(office, h);
  std::printf("%s",
              j.result == linearizability::outcome::linearizable ? "linearizable\n" : to_text(h, j).c_str());
}
