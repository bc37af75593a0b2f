"""What open windows are told."""

import asyncio

from spikelens.app.news import News


def test_a_window_that_comes_while_the_server_ends_is_told_nothing_more():
    """Its request may have been on its way; unless it ended, the server would wait for it in vain."""

    async def all_heard(news: News) -> list[str]:
        return [text async for text in news.listen("cell", lambda: 3)]

    news = News()
    news.close()
    assert asyncio.run(asyncio.wait_for(all_heard(news), 10)) == []
    # What is told after the end reaches no one, and is no error.
    news.tell("cell", "revision", {"revision": 4})
